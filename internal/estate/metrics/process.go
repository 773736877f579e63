package metrics

// Metrics of each worker's process.
var (
	Jobs = family("pgvault_jobs_total", Counter,
		"Jobs that have ended while this process ran their workflow, by outcome and error code.", "operation", "outcome", "code")
	BuildInfo = family("pgvault_build_info", Gauge,
		"1, with the version of pgvault and of Go as labels.", "version", "go")
)
