package instance

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure/suggest"
)

// Notification is a receiver of alerts.
type Notification struct {
	Name string `json:"name"`
	// URL is the URL of the Key Vault secret that holds the address, without a
	// version. The address itself is a secret.
	URL string `json:"url"`
	// Kinds are the kinds of alerts that the receiver gets; empty means all.
	Kinds []AlertKind `json:"kinds,omitempty"`
	// Instances are patterns of the instances whose alerts the receiver gets; empty
	// means all. An alert of the vault goes to every receiver of its kind.
	Instances []string `json:"instances,omitempty"`
}

// MaxNotifications is the largest number of receivers of a vault, and MaxPatterns
// that of the patterns of instances of a receiver.
const (
	MaxNotifications = 50
	MaxPatterns      = 50
)

// Wants reports whether the receiver gets alerts of a kind about an instance.
// instance is "" for an alert of the vault.
func (n Notification) Wants(kind AlertKind, instance string) bool {
	if len(n.Kinds) > 0 && !slices.Contains(n.Kinds, kind) {
		return false
	}
	return instance == "" || len(n.Instances) == 0 ||
		slices.ContainsFunc(n.Instances, func(pattern string) bool { return matchInstance(pattern, instance) })
}

// matchInstance reports whether a name matches a pattern. An asterisk stands for
// any characters, also for none and for "/".
func matchInstance(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1:last] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return strings.HasSuffix(rest, parts[last])
}

// AlertKind is the kind of an alert.
type AlertKind string

// The kinds of alerts.
const (
	// AlertStale: the newest good point of an instance is too old.
	AlertStale AlertKind = "stale"
	// AlertNever: a protected instance has no good point.
	AlertNever AlertKind = "never"
	// AlertFailed: the last backup of an instance failed.
	AlertFailed AlertKind = "failed"
	// AlertDamaged: points of an instance cannot be restored.
	AlertDamaged AlertKind = "damaged"
	// AlertDrillFailed: the last drill of an instance failed.
	AlertDrillFailed AlertKind = "drill-failed"
	// AlertProofStale: no point of an instance was proven for too long.
	AlertProofStale AlertKind = "proof-stale"
	// AlertSweepStopped: no sweep runs.
	AlertSweepStopped AlertKind = "sweep-stopped"
	// AlertMassDeletion: a sweep stopped at an instance of which too much would go.
	AlertMassDeletion AlertKind = "mass-deletion"
	// AlertSafetyWeakened: the storage account lacks a protection.
	AlertSafetyWeakened AlertKind = "safety-weakened"
	// AlertTrustDiffers: workers have different trust files.
	AlertTrustDiffers AlertKind = "trust-differs"
	// AlertNotScheduled: a schedule is paused or missing.
	AlertNotScheduled AlertKind = "not-scheduled"
	// AlertWatchBlind: the vault cannot be read.
	AlertWatchBlind AlertKind = "watch-blind"
	// AlertDeleted: a person deleted points.
	AlertDeleted AlertKind = "deleted"
)

// AlertKinds returns all kinds of alerts.
func AlertKinds() []AlertKind {
	return []AlertKind{
		AlertStale, AlertNever, AlertFailed, AlertDamaged, AlertDrillFailed, AlertProofStale, AlertSweepStopped, AlertMassDeletion,
		AlertSafetyWeakened, AlertTrustDiffers, AlertNotScheduled, AlertWatchBlind, AlertDeleted,
	}
}

// ParseAlertKind returns the kind with a name.
func ParseAlertKind(text string) (AlertKind, error) {
	if kind := AlertKind(text); slices.Contains(AlertKinds(), kind) {
		return kind, nil
	}
	names := make([]string, 0, len(AlertKinds()))
	for _, kind := range AlertKinds() {
		names = append(names, string(kind))
	}
	return "", fmt.Errorf("%q is not a kind of alert%s; write some of %s", text, suggest.DidYouMean(text, names), strings.Join(names, ", "))
}

var (
	notificationForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	patternForm      = regexp.MustCompile(`^[a-z0-9._/*-]{1,120}$`)
)

// CheckNotificationName returns an error if name is not a valid name of a
// receiver. The name becomes a part of workflow IDs.
func CheckNotificationName(name string) error {
	if !notificationForm.MatchString(name) {
		return fmt.Errorf("%q cannot name a notification; write 1 to 63 lower-case letters, digits, '.', '_' and '-', like oncall", name)
	}
	return nil
}

// CheckNotificationURL returns an error if text is not the URL of a Key Vault
// secret. The error does not contain the text, which may be the address itself.
func CheckNotificationURL(text string) error {
	if CheckSecretURL(text) != nil {
		return errors.New("it is not the URL of a Key Vault secret without a version; store the address in a secret and write https://VAULT.vault.azure.net/secrets/NAME")
	}
	return nil
}

// CheckInstancePattern returns an error if text is not a pattern of instances.
func CheckInstancePattern(text string) error {
	if !patternForm.MatchString(text) {
		return fmt.Errorf("%q is not a pattern of instances; write a name in which '*' stands for any characters, like shop/*", text)
	}
	return nil
}

// CheckInstanceKnown returns an error if a pattern matches none of the instances.
func CheckInstanceKnown(pattern string, instances []string) error {
	if !slices.ContainsFunc(instances, func(name string) bool { return matchInstance(pattern, name) }) {
		return fmt.Errorf("%q matches no instance of this file%s", pattern, suggest.DidYouMean(pattern, instances))
	}
	return nil
}
