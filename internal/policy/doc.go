// Package policy is the model of backup policies: schedules, retention rules and
// the calendar they count in. It decides which rule a recovery point falls under
// and how long the point is kept.
//
// A rule claims a point by its scheduled time in the policy's time zone. The first
// point of a day, week, month or year is the first one committed in it: the points
// that exist when one is committed count, not the earliest of them. Only points of
// a schedule that can be restored count.
//
// The package is pure.
//
// Imports of this module: none.
package policy
