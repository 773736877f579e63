package metrics

// Metrics of the estate, which workers of the role watch export.
var (
	instanceInfo = family("pgvault_instance_info", Gauge,
		"1, with what is fixed of a backup instance as labels.", "backup_instance", "database", "server", "policy", "protection")
	lastGood = family("pgvault_instance_last_good_timestamp_seconds", Gauge,
		"Time at which the newest good recovery point was stored; 0 if there is none.", "backup_instance")
	protectedSince = family("pgvault_instance_protected_since_timestamp_seconds", Gauge,
		"Time from which backups are expected.", "backup_instance")
	objective = family("pgvault_instance_freshness_objective_seconds", Gauge,
		"Age that the newest good recovery point must not exceed; absent while the protection is stopped.", "backup_instance")
	fresh = family("pgvault_instance_fresh", Gauge,
		"1 if the newest good recovery point is younger than the objective at the time of the scrape; absent while the protection is stopped.", "backup_instance")
	lastSize = family("pgvault_instance_last_backup_size_bytes", Gauge,
		"Size of the newest good recovery point's dump.", "backup_instance")
	lastDuration = family("pgvault_instance_last_backup_duration_seconds", Gauge,
		"Time from the start of the newest good recovery point's dump to its commit.", "backup_instance")
	points = family("pgvault_instance_points", Gauge,
		"Stored recovery points, deleted ones that can be brought back included.", "backup_instance", "tier")
	storedBytes = family("pgvault_instance_stored_bytes", Gauge,
		"Bytes of the dumps of stored recovery points.", "backup_instance", "tier")
	lastFailure = family("pgvault_instance_last_failure_timestamp_seconds", Gauge,
		"End of the last failed backup of the last weeks, with its error code; absent if there is none.", "backup_instance", "code")
	lastProof = family("pgvault_instance_last_proof_timestamp_seconds", Gauge,
		"Time of the newest drill in which nothing spoke against the recovery point; 0 if there is none; absent without drills.", "backup_instance")
	proofDue = family("pgvault_instance_proof_due_timestamp_seconds", Gauge,
		"Time by which there must be a newer proof; absent if drills are not configured, the protection is stopped, or there is no recovery point.", "backup_instance")
	lastDrill = family("pgvault_instance_last_drill_timestamp_seconds", Gauge,
		"Time of the newest record of a drill; absent if there is none.", "backup_instance")
	drillSuccess = family("pgvault_instance_drill_success", Gauge,
		"1 if nothing spoke against the recovery point in the newest drill, 0 if something did or it failed; absent without drills.", "backup_instance")
	restoreDuration = family("pgvault_instance_restore_duration_seconds", Gauge,
		"Time to restore that the newest drill has measured; absent if there is none.", "backup_instance")
	earlierRestore = family("pgvault_instance_earlier_restore_duration_seconds", Gauge,
		"Median of the times to restore that up to 29 drills before have measured; absent if there are none.", "backup_instance")
	scrubCoverage = family("pgvault_instance_scrub_coverage_ratio", Gauge,
		"Part of the bytes of dumps outside the archive tier that were read back within the time that the scrubs' settings demand; absent without scrubs.", "backup_instance")
	sweepSuccess = family("pgvault_sweep_last_success_timestamp_seconds", Gauge,
		"End of the last completed sweep; 0 if there is none.")
	watchSuccess = family("pgvault_watch_last_success_timestamp_seconds", Gauge,
		"Time at which this worker last read the vault; it may not have reached Temporal, which counts as an alert of the kind watch-blind.")
	alerts = family("pgvault_alerts", Gauge,
		"Problems that raise alerts, by kind.", "kind")
	vaultSafe = family("pgvault_vault_safe", Gauge,
		"1 if the storage account has the protection: versions of blobs, soft delete of blobs, and what the trust file demands.", "what")
)
