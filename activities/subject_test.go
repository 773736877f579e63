package activities

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
)

// fill sets each field that names an instance or a point, and reports whether there
// are any.
func fill(v reflect.Value) (instanceSet, pointSet bool) {
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		switch {
		case field.Type() == reflect.TypeFor[instance.Instance]():
			field.FieldByName("Name").SetString("shop/orders")
			instanceSet = true
		case field.Kind() == reflect.String && name == "Instance":
			field.SetString("shop/orders")
			instanceSet = true
		case field.Kind() == reflect.String && name == "Point":
			field.SetString("20261124T020000Z-1f2e3d4c")
			pointSet = true
		case field.Kind() == reflect.Struct && (name == "Plan" || name == "Point" || name == "Work" || name == "Alert"):
			inner, point := fill(field)
			instanceSet, pointSet = instanceSet || inner, pointSet || point
		}
	}
	return instanceSet, pointSet
}

// A line of the log names what the step was about, whatever the step is.
func TestTheSubjectIsThatOfTheInput(t *testing.T) {
	t.Parallel()
	named := 0
	for _, role := range []any{&Backup{}, &Restore{}, &Prune{}, &Delivery{}, &Jobs{}} {
		methods := reflect.TypeOf(role)
		for i := range methods.NumMethod() {
			m := methods.Method(i)
			for n := 2; n < m.Type.NumIn(); n++ {
				arg := reflect.New(m.Type.In(n)).Elem()
				instanceSet, pointSet := fill(arg)
				name, point := Subject([]any{arg.Interface()})
				require.Equal(t, instanceSet, name == "shop/orders", "%s takes %s", m.Name, arg.Type())
				require.Equal(t, pointSet, point == "20261124T020000Z-1f2e3d4c", "%s takes %s", m.Name, arg.Type())
				if instanceSet {
					named++
				}
			}
		}
	}
	require.Greater(t, named, 20)
	name, point := Subject([]any{jobs.SweepProgress{}})
	require.Empty(t, name+point)
}
