// Package trust is the trust file of a worker: the hosts, containers and keys that
// the worker may use, and the floors below which no vault can go. The file is on the
// worker's machine. It never comes from a vault or a job, whose content may be an
// attacker's.
//
// [Load] reads the file that PGVAULT_TRUST names. The methods of [File] are called
// before a secret is read, a token is fetched or a packet is sent:
//
//   - [File.Server], [File.Secret], [File.Password] and [File.EntraToken] for a
//     PostgreSQL server, [File.TLS] and [File.RootCertificate] for the connection;
//   - [File.Container] for the target of a restore as files, [File.NotifySecret] and
//     [File.Notify] for a receiver of notifications;
//   - [File.Checks] for the checks of a restored database;
//   - [File.VaultID], [File.SoftDelete], [File.Immutability], [File.LockEnd] and
//     [Storage.Check] for what a vault says about itself.
//
// A refusal is a *failure.Error with the code [failure.NotTrusted]. Its message
// names the object, and its action has the lines of YAML that allow the request.
//
// A list of the file is exhaustive, and what is not listed is refused. A host is
// compared by its canonical form: lower case, without a dot at the end, an IP
// address in its shortest form. Names are not resolved.
//
// Imports of this module: internal/config/yamlreader, internal/failure,
// internal/instance, internal/policy.
package trust
