package azure

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// answer is the content of a Key Vault's error.
type answer struct {
	code, inner, message string
}

func (a answer) String() string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", a.code, a.inner, a.message)), " ")
}

func saidBy(response *azcore.ResponseError) answer {
	var body struct {
		Error struct {
			Code, Message string
			InnerError    struct{ Code string }
		}
	}
	// If the body is not JSON, only the code in the header is set.
	if payload, err := runtime.Payload(response.RawResponse); err == nil {
		_ = json.Unmarshal(payload, &body)
	}
	a := answer{code: body.Error.Code, inner: body.Error.InnerError.Code, message: body.Error.Message}
	if a.code == "" {
		a.code = response.ErrorCode
	}
	if a.code == "" {
		a.code = http.StatusText(response.StatusCode)
	}
	const limit = 300
	if len(a.message) > limit {
		a.message = a.message[:limit] + "…"
	}
	return a
}

// vaultName returns the vault's name in Azure's commands.
func vaultName(vaultURL string) string {
	host := strings.TrimPrefix(vaultURL, "https://")
	name, _, _ := strings.Cut(host, ".")
	return name
}
