// Package schedule says which schedules a configuration asks for. It is pure;
// package temporalx makes them so on the server. It may import internal/config.
package schedule
