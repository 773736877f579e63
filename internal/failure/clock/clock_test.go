package clock_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/clock"
)

var right = time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)

func TestAgree(t *testing.T) {
	t.Parallel()
	require.True(t, clock.Agree(right, right.Add(clock.Tolerance)))
	require.True(t, clock.Agree(right, right.Add(-clock.Tolerance)))
	require.False(t, clock.Agree(right, right.Add(clock.Tolerance+time.Second)))
	require.False(t, clock.Agree(right, right.AddDate(-1, 0, 0)))
}

func TestSkewNamesTheOddClock(t *testing.T) {
	t.Parallel()
	wrong := right.AddDate(0, 0, 3)
	for want, r := range map[string]clock.Readings{
		"one of them is wrong by 3 days":                {Local: wrong, Temporal: right},
		"the worker's clock is 3 days ahead":            {Local: wrong, Temporal: right, Storage: right.Add(time.Second)},
		"the Temporal server's clock is 3 days behind":  {Local: wrong, Temporal: right, Storage: wrong},
		"the worker's clock is 3 days behind":           {Local: right, Temporal: wrong, Storage: wrong},
		"no two of them agree":                          {Local: wrong, Temporal: right, Storage: right.Add(time.Hour)},
		"the worker's clock is 10m0s ahead":             {Local: right.Add(10 * time.Minute), Temporal: right, Storage: right},
		"the Temporal server's clock is 10m0s ahead":    {Local: right, Temporal: right.Add(10 * time.Minute), Storage: right},
		"storage's says 2026-11-03T02:00:01Z: the work": {Local: wrong, Temporal: right, Storage: right.Add(time.Second)},
	} {
		r.Worker = "host1/7"
		f := r.Skew()
		require.Equal(t, failure.ClockSkew, f.Code)
		require.Contains(t, f.Message, want)
		require.Contains(t, f.Message, "worker host1/7 says "+r.Local.Format(time.RFC3339))
		require.Contains(t, f.Message, "the Temporal server's "+r.Temporal.Format(time.RFC3339))
		require.Contains(t, f.Action, "NTP")
	}
	require.Nil(t, clock.Readings{Local: right.Add(clock.Tolerance), Temporal: right}.Skew())
}

func TestTheRemedyIsForTheClockThatIsWrong(t *testing.T) {
	t.Parallel()
	wrong := right.Add(time.Hour)
	require.NotContains(t, clock.Readings{Worker: "w", Local: wrong, Temporal: right, Storage: right}.Skew().Action, "Temporal")
	require.NotContains(t, clock.Readings{Worker: "w", Local: right, Temporal: wrong, Storage: right}.Skew().Action, "worker")
}

func TestAgainst(t *testing.T) {
	t.Parallel()
	require.Nil(t, clock.Against("the storage", right, right))
	f := clock.Against("the storage", right.Add(-time.Hour), right)
	require.Equal(t, failure.ClockSkew, f.Code)
	require.Contains(t, f.Message, "clock says 2026-11-03T01:00:00Z, and that of the storage 2026-11-03T02:00:00Z: this machine's is 1h0m0s behind")
}

func TestAgainstAnswer(t *testing.T) {
	t.Parallel()
	answer := &http.Response{Header: http.Header{"Date": {right.Format(http.TimeFormat)}}}
	require.Nil(t, clock.AgainstAnswer("Key Vault v", right, answer))
	require.Equal(t, failure.ClockSkew, clock.AgainstAnswer("Key Vault v", right.AddDate(0, 0, 2), answer).Code)
	require.Nil(t, clock.AgainstAnswer("Key Vault v", right, &http.Response{Header: http.Header{}}))
	require.Nil(t, clock.AgainstAnswer("Key Vault v", right, nil))
}

func TestValidity(t *testing.T) {
	t.Parallel()
	certificate := &x509.Certificate{Subject: pkix.Name{CommonName: "db1"}, NotBefore: right.AddDate(0, -1, 0), NotAfter: right.AddDate(0, 1, 0)}
	now := right.AddDate(1, 0, 0)
	invalid := x509.CertificateInvalidError{Cert: certificate, Reason: x509.Expired}
	text, ok := clock.Validity(fmt.Errorf("dial: %w", invalid), now)
	require.True(t, ok)
	require.Equal(t, `the certificate of "CN=db1" is valid from 2026-10-03T02:00:00Z to 2026-12-03T02:00:00Z, and this machine's clock says 2027-11-03T02:00:00Z`, text)

	// As crypto/x509 words it, and azidentity keeps it.
	said := errors.New("ManagedIdentityCredential: tls: failed to verify certificate: " + (x509.CertificateInvalidError{
		Reason: x509.Expired, Detail: "current time 2027-11-03T02:00:00Z is after 2026-12-03T02:00:00Z",
	}).Error() + "; try later")
	text, ok = clock.Validity(said, now)
	require.True(t, ok)
	require.Equal(t, "certificate has expired or is not yet valid: current time 2027-11-03T02:00:00Z is after 2026-12-03T02:00:00Z", text)

	for _, err := range []error{nil, errors.New("x"), x509.CertificateInvalidError{Cert: certificate, Reason: x509.NotAuthorizedToSign}} {
		_, ok = clock.Validity(err, now)
		require.False(t, ok)
	}
}
