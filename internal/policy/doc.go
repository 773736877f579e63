// Package policy decides which retention rule of a policy a recovery point falls
// under, and how long it is kept for that. It is pure, and imports nothing but
// internal/config.
//
// A rule claims a point by its scheduled time, seen in the policy's time zone.
// The first point of a day, week, month or year is the first one that was
// committed in it: what counts is which points there are when one is committed,
// not which of them is the earliest. Only points that a schedule has asked for
// count, and of these only such as can be restored.
package policy
