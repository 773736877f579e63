// Package signintest signs tests and benchmarks in where no Key Vault is.
//
// It may import internal/{azure,secret,signin}.
package signintest
