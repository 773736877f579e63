package events

import "go.uber.org/zap/zapcore"

// Events of the process.
var (
	Ready = event("the worker is ready", zapcore.InfoLevel,
		"The worker polls its task queues.", "vault", "roles", "maxDumps", "monitor", "zstd")
	Stopping = event("the worker is stopping", zapcore.InfoLevel,
		"The worker was told to end. Running steps end, and another worker takes them over.")
	Stopped = event("the worker has stopped", zapcore.InfoLevel, "The process ends.")
	Ends    = event("the worker ends", zapcore.ErrorLevel,
		"The process ends because of an error, which says what to do.", "error")
	NotReady = event("the worker is not ready", zapcore.WarnLevel,
		"A probe of /readyz has found that the worker does not reach a part.", "part", "code", "error")
	ReadyAgain    = event("the worker is ready again", zapcore.InfoLevel, "The worker reaches all parts again.")
	MemoryLimited = event("the memory of the Go runtime is limited by the cgroup", zapcore.InfoLevel,
		"The Go runtime keeps below the container's memory limit.", "bytes")
	MemoryUnknown = event("the memory limit of the cgroup cannot be read", zapcore.WarnLevel,
		"The Go runtime may use more memory than the container has.", "error")
	EstateNotRenewed = event("the estate is not renewed", zapcore.WarnLevel,
		"The metrics and the page show an older state of the backups, since the vault cannot be read. The worker looks again in five minutes.", "code", "error")
	TrustTooWide = event("the trust file allows more than it should", zapcore.WarnLevel,
		"A line of the trust file gives away what it should protect.", "file", "warning")
	VaultUnknown = event("jobs are refused until the vault is known", zapcore.WarnLevel,
		"The vault could not be read at the start. Each step looks again.", "error")
)
