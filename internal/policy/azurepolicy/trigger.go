package azurepolicy

import (
	"slices"

	"github.com/pgvault/pgvault/internal/policy"
)

// tag selects the backups to which the retention rule of its name applies.
type tag struct {
	path      string
	name      string
	byDefault bool
	priority  int
	// criteria is a rule with criteria only.
	criteria policy.Rule
	// times are the scheduleTimes of its criteria.
	times []start
}

func (p *policyReader) trigger(v any, path string) {
	var object string
	p.object(v, path,
		field{"objectType", false, p.oneOf(&object, "ScheduleBasedTriggerContext")},
		field{"schedule", true, func(v any, path string) {
			p.object(v, path,
				field{"timeZone", false, p.text(func(text, _ string) (err error) {
					p.policy.TimeZone, err = zone(text)
					return err
				})},
				field{"repeatingTimeIntervals", true, func(v any, path string) {
					p.list(v, path, p.text(func(text, path string) error {
						s, err := parseInterval(text)
						s.path = path
						p.starts = append(p.starts, s)
						return err
					}))
					if len(p.starts) == 0 {
						p.problem(path, "names no time")
					}
				}},
			)
		}},
		field{"taggingCriteria", true, func(v any, path string) { p.list(v, path, p.tag) }},
	)
}

func (p *policyReader) tag(v any, path string) {
	t := tag{path: path}
	p.object(v, path,
		field{"isDefault", false, p.truth(&t.byDefault)},
		field{"taggingPriority", true, p.integer(&t.priority)},
		field{"tagInfo", true, func(v any, path string) {
			p.object(v, path, append(ignored("id", "eTag"), field{"tagName", true, p.stringTo(&t.name)})...)
		}},
		field{"criteria", false, func(v any, path string) {
			items, _ := v.([]any)
			if len(items) > 1 {
				p.problem(path, "has %d criteria; what can be carried over is one a tag", len(items))
				return
			}
			p.list(v, path, func(v any, path string) { p.criteria(&t, v, path) })
		}},
	)
	p.tags = append(p.tags, t)
}

func (p *policyReader) criteria(t *tag, v any, path string) {
	var object string
	c := &t.criteria
	p.object(v, path,
		field{"objectType", false, p.oneOf(&object, "ScheduleBasedBackupCriteria")},
		field{"absoluteCriteria", false, func(v any, path string) { p.absolute(c, v, path) }},
		field{"daysOfTheWeek", false, func(v any, path string) {
			p.list(v, path, p.text(func(text, _ string) error {
				day, err := policy.ParseWeekday(text)
				c.DaysOfWeek = append(c.DaysOfWeek, day)
				return err
			}))
		}},
		field{"weeksOfTheMonth", false, func(v any, path string) {
			p.list(v, path, func(v any, path string) {
				var week string
				weeks := []string{"First", "Second", "Third", "Fourth"}
				p.oneOf(&week, append(weeks, "Last")...)(v, path)
				of := policy.LastWeek
				if i := slices.Index(weeks, week); i >= 0 {
					of = policy.WeekOfMonth(i + 1)
				}
				c.WeeksOfMonth = append(c.WeeksOfMonth, of)
			})
		}},
		field{"monthsOfYear", false, func(v any, path string) {
			p.list(v, path, p.text(func(text, _ string) error {
				var month policy.Month
				err := month.UnmarshalText([]byte(text))
				c.Months = append(c.Months, month)
				return err
			}))
		}},
		field{"daysOfMonth", false, func(v any, path string) {
			p.list(v, path, func(v any, path string) { p.dayOfMonth(c, v, path) })
		}},
		field{"scheduleTimes", false, func(v any, path string) {
			p.list(v, path, p.text(func(text, path string) error {
				s, err := parseStart(text)
				s.path = path
				t.times = append(t.times, s)
				return err
			}))
		}},
	)
}

// absolute reads a criterion such as FirstOfDay, which selects among the
// backups that meet the other criteria.
func (p *policyReader) absolute(c *policy.Rule, v any, path string) {
	var words []string
	p.list(v, path, func(v any, path string) {
		var word string
		p.oneOf(&word, "AllBackup", "FirstOfDay", "FirstOfWeek", "FirstOfMonth", "FirstOfYear")(v, path)
		words = append(words, word)
	})
	if len(words) > 1 {
		p.problem(path, "has %d values; what can be carried over is one", len(words))
		return
	}
	for _, word := range words {
		c.FirstOf = map[string]policy.Period{
			"FirstOfDay": policy.Day, "FirstOfWeek": policy.Week, "FirstOfMonth": policy.CalendarMonth, "FirstOfYear": policy.Year,
		}[word]
	}
}

// dayOfMonth reads {"date": 14} or {"isLast": true}.
func (p *policyReader) dayOfMonth(c *policy.Rule, v any, path string) {
	var day int
	var last bool
	p.object(v, path, field{"date", false, p.integer(&day)}, field{"isLast", false, p.truth(&last)})
	switch {
	case last && day == 0:
		c.DaysOfMonth = append(c.DaysOfMonth, policy.LastDay)
	case !last && day >= 1 && day <= 28:
		c.DaysOfMonth = append(c.DaysOfMonth, policy.DayOfMonth(day))
	default:
		p.problem(path, "is neither a date from 1 to 28 nor the last day")
	}
}
