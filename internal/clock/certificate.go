package clock

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// expired is what crypto/x509 says of a certificate outside its time. Azure's
// identity library keeps the text of an error and not the error.
var expired = regexp.MustCompile(`certificate has expired or is not yet valid: current time \S+ is (?:before|after) [0-9TZ:+-]+`)

// Validity reports whether err is that of a certificate outside the time in which
// it is valid, by the clock of this machine, which says now. The text names both.
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

// RemedyOfValidity is the remedy for a certificate outside its time.
const RemedyOfValidity = "if this machine's clock is wrong, set it " + Remedy + "; otherwise renew the certificate"
