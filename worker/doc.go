// Command pgvault-worker runs the jobs of one vault.
//
// It polls two task queues: one for workflows and short steps, and one for
// steps that move a whole database, of which it takes only a few at a time.
// Settings come from the environment; `pgvault-worker -help` lists them.
package main
