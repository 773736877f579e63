package jobs

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/instance"
)

// Alert is the content of a notification.
type Alert struct {
	// ID is the same for every attempt to deliver the alert, so that a receiver can
	// recognize one that it has already.
	ID   string             `json:"id"`
	Kind instance.AlertKind `json:"kind"`
	// State says why the alert is sent now.
	State    AlertState    `json:"state"`
	Severity AlertSeverity `json:"severity"`
	// Instance is empty for an alert of the vault and for a digest.
	Instance string `json:"instance,omitempty"`
	// Message says what is wrong. It may have several lines.
	Message string `json:"message"`
	// Remedy is what to do about it.
	Remedy string `json:"remedy,omitempty"`
	// Since is the time from which it has been so, if that is known.
	Since time.Time `json:"since,omitzero"`
}

// AlertState is the reason for which an alert is sent.
type AlertState string

// The states.
const (
	AlertRaised   AlertState = "raised"
	AlertReminder AlertState = "reminder"
	AlertResolved AlertState = "resolved"
	// AlertDigest stands for many alerts of a kind.
	AlertDigest AlertState = "digest"
	// AlertTested is the state of a test, which a person sends. Its kind is
	// [AlertTest].
	AlertTested AlertState = "test"
)

// AlertTest is the kind of a test. No receiver can choose or exclude it.
const AlertTest instance.AlertKind = "test"

// AlertSeverity is the severity of an alert.
type AlertSeverity string

// The severities.
const (
	AlertCritical AlertSeverity = "critical"
	AlertWarning  AlertSeverity = "warning"
	AlertInfo     AlertSeverity = "info"
)

// maxAlertText bounds message and remedy, in bytes.
const maxAlertText = 8 << 10

var alertID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,299}$`)

// Bounded returns the alert with texts that [Alert.Check] accepts.
func (a Alert) Bounded() Alert {
	const ellipsis = len("…")
	a.Message = printable.Cut(a.Message, maxAlertText-ellipsis)
	a.Remedy = printable.Cut(a.Remedy, maxAlertText-ellipsis)
	return a
}

// Check returns a [failure.InvalidInput] that names the invalid field.
func (a Alert) Check() error {
	if !alertID.MatchString(a.ID) {
		return badAlert("id", "write letters, digits, '.', '_', ':', '/' and '-', at most 300")
	}
	if _, err := instance.ParseAlertKind(string(a.Kind)); err != nil && a.Kind != AlertTest {
		return badAlert("kind", err.Error())
	}
	if !slices.Contains([]AlertState{AlertRaised, AlertReminder, AlertResolved, AlertDigest, AlertTested}, a.State) ||
		(a.State == AlertTested) != (a.Kind == AlertTest) {
		return badAlert("state", "write raised, reminder, resolved or digest, and test for the kind test")
	}
	if !slices.Contains([]AlertSeverity{AlertCritical, AlertWarning, AlertInfo}, a.Severity) {
		return badAlert("severity", "write critical, warning or info")
	}
	if a.Instance != "" {
		if err := instance.CheckName(a.Instance); err != nil {
			return badAlert("instance", err.Error())
		}
	}
	if err := checkPresent("alert.message", a.Message); err != nil {
		return err
	}
	if len(a.Message) > maxAlertText || len(a.Remedy) > maxAlertText {
		return badAlert("message", fmt.Sprintf("message and remedy have at most %d bytes", maxAlertText))
	}
	return nil
}

func badAlert(field, remedy string) error {
	return failure.New(failure.InvalidInput, remedy, "the job's input: field \"alert.%s\" is invalid", field)
}
