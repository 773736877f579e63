// Package policy is the model of backup policies: schedules, retention rules
// and calendar periods. It decides the retention rule of a recovery point and
// how long the point is kept.
//
// A rule claims a point by the point's scheduled time in the policy's time
// zone. The first point of a day, week, month or year is the first one
// committed in it, even if a point with an earlier time is committed later.
// Only scheduled points that can be restored count.
//
// The package is pure.
//
// Imports of this module: none.
package policy
