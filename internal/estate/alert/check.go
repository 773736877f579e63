package alert

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// Check returns a [failure.InvalidInput] for a run that [RunOf] cannot have made.
func (r Run) Check() error {
	if err := firstError(
		bounded("id", r.ID, maxCode), atMost("unseen", len(r.Unseen), maxUnseen),
		atMost("instances", len(r.Instances), maxListed), atMost("found", len(r.Found), maxKinds), checkReceivers(r.Receivers),
	); err != nil {
		return err
	}
	if r.Blind != nil {
		if err := checkProblem(*r.Blind); err != nil {
			return err
		}
	}
	for _, part := range r.Unseen {
		if err := bounded("unseen", part, maxText); err != nil {
			return err
		}
	}
	for _, name := range r.Instances {
		if err := checkAbout(name); err != nil {
			return err
		}
	}
	for _, f := range r.Found {
		if err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

func (f Found) check() error {
	if err := firstError(
		checkKind(f.Kind), atMost("instances", len(f.Instances), maxNames), atMost("problems", len(f.Problems), maxDetails),
	); err != nil {
		return err
	}
	for _, name := range f.Instances {
		if err := checkAbout(name); err != nil {
			return err
		}
	}
	for _, p := range f.Problems {
		if err := checkProblem(p); err != nil {
			return err
		}
	}
	return nil
}

func checkProblem(p estate.Problem) error {
	return firstError(
		checkAbout(p.Instance), bounded("message", p.Message, maxText), bounded("remedy", p.Remedy, maxRemedy), bounded("code", p.Code, maxCode),
	)
}

// Check returns a [failure.InvalidInput] for a state that [Next] cannot have made.
func (s State) Check() error {
	if err := firstError(atMost("kinds", len(s.Kinds), maxKinds), checkReceivers(s.Receivers), bounded("run", s.Run, maxCode)); err != nil {
		return err
	}
	for _, k := range s.Kinds {
		if err := firstError(checkKind(k.Kind), atMost("alerts", len(k.Alerts), maxAlerts)); err != nil {
			return err
		}
		for _, a := range k.Alerts {
			if err := checkAbout(a.Instance); err != nil {
				return err
			}
		}
		if k.Digest != nil {
			if err := atMost("told", len(k.Digest.Told), instance.MaxNotifications); err != nil {
				return err
			}
		}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkReceivers(all []instance.Notification) error {
	if err := atMost("receivers", len(all), instance.MaxNotifications); err != nil {
		return err
	}
	for _, r := range all {
		if err := checkReceiver(r); err != nil {
			return err
		}
	}
	return nil
}

func checkReceiver(r instance.Notification) error {
	if err := firstError(
		atMost("kinds", len(r.Kinds), maxKinds), atMost("patterns", len(r.Instances), instance.MaxPatterns), bounded("url", r.URL, maxText),
		asInput(instance.CheckNotificationName(r.Name)), asInput(instance.CheckNotificationURL(r.URL)),
	); err != nil {
		return err
	}
	for _, pattern := range r.Instances {
		if err := asInput(instance.CheckInstancePattern(pattern)); err != nil {
			return err
		}
	}
	for _, kind := range r.Kinds {
		if err := checkKind(estate.Kind(kind)); err != nil {
			return err
		}
	}
	return nil
}

func checkKind(kind estate.Kind) error {
	_, err := instance.ParseAlertKind(string(kind))
	return asInput(err)
}

// checkAbout checks the name of an instance, or "" for the vault.
func checkAbout(name string) error {
	if name == "" {
		return nil
	}
	return asInput(instance.CheckName(name))
}

func bounded(field, text string, limit int) error {
	if len(text) > limit {
		return asInput(fmt.Errorf("field %q has more than %d bytes", field, limit))
	}
	return nil
}

func atMost(field string, n, limit int) error {
	if n > limit {
		return asInput(fmt.Errorf("field %q has more than %d entries", field, limit))
	}
	return nil
}

// asInput returns the failure of a signal or an input that pgvault has not sent.
func asInput(err error) error {
	if err == nil {
		return nil
	}
	return failure.New(failure.InvalidInput, "only the watch sends it: temporal schedule trigger --schedule-id watch", "what was found by the watch: %s", err)
}
