package temporalx

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

// overlap skips a job while the previous one is running: two dumps of one
// database, or two sweeps, are never wanted.
const overlap = enumspb.SCHEDULE_OVERLAP_POLICY_SKIP

// orNobody names the owner of a schedule, which may be unknown to pgvault.
func orNobody(owner Owner) string {
	if owner.ID == "" {
		return "somebody else"
	}
	return "vault " + owner.String()
}

// specOf returns the spec of a schedule, with one calendar for each time: a
// calendar with several hours and minutes means all their combinations. A schedule
// without times has an interval.
func specOf(d schedule.Desired) *client.ScheduleSpec {
	spec := &client.ScheduleSpec{TimeZoneName: d.TimeZone, Jitter: d.Jitter}
	var days []client.ScheduleRange
	for _, day := range d.Days {
		days = append(days, client.ScheduleRange{Start: int(day)})
	}
	for _, t := range d.Times {
		spec.Calendars = append(spec.Calendars, client.ScheduleCalendarSpec{
			Hour:      []client.ScheduleRange{{Start: t.Hour}},
			Minute:    []client.ScheduleRange{{Start: t.Minute}},
			DayOfWeek: days,
		})
	}
	if d.Every > 0 {
		spec.Intervals = []client.ScheduleIntervalSpec{{Every: d.Every}}
	}
	return spec
}

func policyOf(d schedule.Desired) *client.SchedulePolicies {
	return &client.SchedulePolicies{Overlap: overlap, CatchupWindow: d.CatchUp, PauseOnFailure: d.PauseOnFailure}
}

func actionOf(d schedule.Desired, owner Owner) *client.ScheduleWorkflowAction {
	return &client.ScheduleWorkflowAction{
		ID:                    d.ID,
		Workflow:              d.WorkflowType,
		Args:                  []any{d.Input},
		TaskQueue:             jobs.TaskQueue,
		StaticSummary:         d.Summary,
		StaticDetails:         d.Details,
		TypedSearchAttributes: attributesOf(d),
		Memo:                  owner.Memo(),
	}
}

func attributesOf(d schedule.Desired) temporal.SearchAttributes {
	updates := []temporal.SearchAttributeUpdate{KeyOperation.ValueSet(d.WorkflowType)}
	if d.Instance != "" {
		updates = append(updates, KeyInstance.ValueSet(d.Instance), KeyDatabase.ValueSet(d.Database))
	}
	return temporal.NewSearchAttributes(updates...)
}

// differ names the fields of a schedule that are not as desired. It normalizes
// both sides first, since the server fills in defaults.
func differ(have *client.Schedule, d schedule.Desired, owner Owner) []string {
	var differences []string
	note := func(what string, same bool) {
		if !same {
			differences = append(differences, what)
		}
	}
	want := specOf(d)
	note("times", slices.Equal(calendars(have.Spec), calendars(want)))
	note("time zone", zone(have.Spec) == zone(want))
	note("jitter", have.Spec.Jitter == want.Jitter)
	note("settings", *have.Policy == *policyOf(d))
	note("job", sameAction(have.Action, d, owner))
	return differences
}

func sameAction(have client.ScheduleAction, d schedule.Desired, owner Owner) bool {
	action, ok := have.(*client.ScheduleWorkflowAction)
	if !ok || len(action.Args) != 1 {
		return false
	}
	input, ok := action.Args[0].(*commonpb.Payload)
	if !ok || !bytes.Equal(compact(input.GetData()), compact(d.Input)) {
		return false
	}
	for _, key := range []temporal.SearchAttributeKeyKeyword{KeyOperation, KeyInstance, KeyDatabase} {
		a, _ := action.TypedSearchAttributes.GetKeyword(key)
		if b, _ := attributesOf(d).GetKeyword(key); a != b {
			return false
		}
	}
	if (Owner{memoText(action.Memo[memoVaultID]), memoText(action.Memo[memoVaultURL])}) != owner {
		return false
	}
	return action.Workflow == d.WorkflowType && action.ID == d.ID && action.TaskQueue == jobs.TaskQueue &&
		action.StaticSummary == d.Summary && action.StaticDetails == d.Details
}

func compact(text []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, text) != nil {
		return text
	}
	return out.Bytes()
}

func zone(spec *client.ScheduleSpec) string { return cmp.Or(spec.TimeZoneName, "UTC") }

// calendars returns a spec's times, one on each line, sorted. Fields that
// specOf never sets get a line of their own, and so count as a difference.
func calendars(spec *client.ScheduleSpec) []string {
	var lines []string
	for _, c := range spec.Calendars {
		lines = append(lines, strings.Join([]string{
			values(c.Second, 0, 0), values(c.Minute, 0, 0), values(c.Hour, 0, 0),
			values(c.DayOfMonth, 1, 31), values(c.Month, 1, 12), fmt.Sprint(c.Year), values(c.DayOfWeek, 0, 6),
		}, " "))
	}
	for _, i := range spec.Intervals {
		lines = append(lines, fmt.Sprintf("every %s from %s", i.Every, i.Offset))
	}
	for _, other := range []int{len(spec.CronExpressions), len(spec.Skip)} {
		if other > 0 {
			lines = append(lines, fmt.Sprintf("%d others", other))
		}
	}
	if !spec.StartAt.IsZero() || !spec.EndAt.IsZero() {
		lines = append(lines, fmt.Sprintf("from %s to %s", spec.StartAt, spec.EndAt))
	}
	slices.Sort(lines)
	return lines
}

// values returns the expanded ranges as text.
func values(ranges []client.ScheduleRange, least, most int) string {
	return fmt.Sprint(spread(ranges, least, most))
}

// spread expands ranges; no range means all values from least to most.
func spread(ranges []client.ScheduleRange, least, most int) []int {
	if len(ranges) == 0 {
		ranges = []client.ScheduleRange{{Start: least, End: most}}
	}
	var all []int
	for _, r := range ranges {
		for v := r.Start; v <= max(r.Start, r.End); v += max(1, r.Step) {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
