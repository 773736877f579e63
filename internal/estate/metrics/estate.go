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
	sweepSuccess = family("pgvault_sweep_last_success_timestamp_seconds", Gauge,
		"End of the last completed sweep; 0 if there is none.")
	watchSuccess = family("pgvault_watch_last_success_timestamp_seconds", Gauge,
		"Time at which this worker last read the vault; it may not have reached Temporal, which counts as an alert of the kind watch-blind.")
	alerts = family("pgvault_alerts", Gauge,
		"Problems that raise alerts, by kind.", "kind")
	vaultSafe = family("pgvault_vault_safe", Gauge,
		"1 if the storage account has the protection: versions of blobs, soft delete of blobs, and what the trust file demands.", "what")
)
