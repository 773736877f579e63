package clock

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// expired matches the error of crypto/x509 for a certificate outside its
// validity period. Azure's identity library keeps the text of an error and not
// the error.
var expired = regexp.MustCompile(`certificate has expired or is not yet valid: current time \S+ is (?:before|after) [0-9TZ:+-]+`)

// Validity reports whether err is the error of a certificate that is expired or
// not yet valid by this machine's clock, whose time is now. text names both
// times.
func Validity(err error, now time.Time) (text string, ok bool) {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil {
		c := invalid.Cert
		return fmt.Sprintf("the certificate of %q is valid from %s to %s, and this machine's clock says %s",
			c.Subject.String(), stamp(c.NotBefore), stamp(c.NotAfter), stamp(now)), true
	}
	if err == nil {
		return "", false
	}
	said := expired.FindString(err.Error())
	return said, said != ""
}

// RemedyOfValidity is the remedy for a certificate outside its validity period.
const RemedyOfValidity = "if this machine's clock is wrong, set it " + Remedy + "; otherwise renew the certificate"
