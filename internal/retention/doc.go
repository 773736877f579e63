// Package retention decides which recovery points go.
//
// [Plan] is a pure function: the same points and the same time give the same
// decisions, each with its reason. Whatever clock and policy say, the newest
// good point of an instance stays, so that a run of failures removes nothing.
// The package imports nothing of this project.
package retention
