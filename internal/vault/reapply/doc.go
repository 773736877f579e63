// Package reapply decides how a policy that has changed holds for the recovery
// points that there are already.
//
// It is pure: [Plan] gives each change, to be shown before it is made. A point
// that the storage has locked, or that a person has asked to be kept, may be
// kept longer by it and never shorter. It may import
// internal/{config,manifest,policy,vault}.
package reapply
