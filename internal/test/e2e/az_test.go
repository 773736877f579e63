package e2e_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// azName is the name under which this program is the Azure CLI.
const azName = "az"

// azKeyVault is the variable with the URL of the Key Vault that the commands name.
const azKeyVault = "AZ_KEYVAULT_URL"

// azOptions are the options of the commands of Azure's CLI that the runbook has.
type azOptions struct {
	auth, account, container, name, prefix, include, query, output, version, file string
	vault, kind, curve, operations, encoding                                      string
}

// az does what the Azure CLI does for the commands of docs/RESTORE.md, by Azure's own
// library, since the CLI does not know the local parts. It refuses what it does not know.
func az(args []string) error {
	var words []string
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		words, args = append(words, args[0]), args[1:]
	}
	var o azOptions
	flags := flag.NewFlagSet(azName, flag.ContinueOnError)
	for name, value := range map[string]*string{
		"auth-mode": &o.auth, "account-name": &o.account, "container-name": &o.container, "name": &o.name, "prefix": &o.prefix,
		"include": &o.include, "query": &o.query, "output": &o.output, "version-id": &o.version, "file": &o.file, "vault-name": &o.vault,
		"kty": &o.kind, "curve": &o.curve, "ops": &o.operations, "encoding": &o.encoding,
	} {
		flags.StringVar(value, name, "", "")
	}
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return fmt.Errorf("arguments %q: %w", args, errors.Join(err, errors.New("not understood")))
	}
	ctx := context.Background()
	command := strings.Join(words, " ")
	if strings.HasPrefix(command, "storage ") {
		return o.storage(ctx, command)
	}
	return o.keyVault(ctx, command)
}

func (o azOptions) storage(ctx context.Context, command string) error {
	url := os.Getenv("PGVAULT_VAULT")
	if o.auth != "login" || o.account != os.Getenv("account") || o.container != path.Base(url) {
		return fmt.Errorf("not the vault's storage: %+v", o)
	}
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return err
	}
	c, err := container.NewClient(url, credential, nil)
	if err != nil {
		return err
	}
	switch command {
	case "storage blob list":
		return o.list(ctx, c)
	case "storage blob download":
		return o.download(ctx, c)
	case "storage blob upload":
		content, err := os.ReadFile(o.file)
		if err != nil {
			return err
		}
		_, err = c.NewBlockBlobClient(o.name).UploadBuffer(ctx, content, nil)
		return err
	}
	return fmt.Errorf("az %s is not known here", command)
}

// list prints what the two queries of the pages ask for, one a line.
func (o azOptions) list(ctx context.Context, c *container.Client) error {
	if o.output != "tsv" {
		return errors.New("only --output tsv is known here")
	}
	var lines []string
	pages := c.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &o.prefix, Include: container.ListBlobsInclude{Versions: o.include == "v"}})
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, b := range page.Segment.BlobItems {
			switch o.query {
			case "[].versionId":
				if b.VersionID != nil {
					lines = append(lines, *b.VersionID)
				}
			case "[?ends_with(name, '/manifest.json')].name":
				if strings.HasSuffix(*b.Name, "/manifest.json") {
					lines = append(lines, *b.Name)
				}
			default:
				return fmt.Errorf("the query %s is not known here", o.query)
			}
		}
	}
	fmt.Println(strings.Join(lines, "\n"))
	return nil
}

func (o azOptions) download(ctx context.Context, c *container.Client) error {
	b := c.NewBlobClient(o.name)
	if o.version != "" {
		var err error
		if b, err = b.WithVersionID(o.version); err != nil {
			return err
		}
	}
	file, err := os.Create(o.file)
	if err != nil {
		return err
	}
	_, err = b.DownloadFile(ctx, file, &blob.DownloadFileOptions{})
	return errors.Join(err, file.Close())
}

// keyVault sets a secret from a file, or creates a key that signs.
func (o azOptions) keyVault(ctx context.Context, command string) error {
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return err
	}
	url := os.Getenv(azKeyVault)
	switch {
	case command == "keyvault secret set":
		content, err := os.ReadFile(o.file)
		if err != nil {
			return err
		}
		c, err := azsecrets.NewClient(url, credential, &azsecrets.ClientOptions{DisableChallengeResourceVerification: true})
		if err != nil {
			return err
		}
		value := string(content)
		_, err = c.SetSecret(ctx, o.name, azsecrets.SetSecretParameters{Value: &value}, nil)
		return err
	case command == "keyvault key create" && o.kind == "EC" && o.curve == "P-256" && o.operations == "sign":
		c, err := azkeys.NewClient(url, credential, &azkeys.ClientOptions{DisableChallengeResourceVerification: true})
		if err != nil {
			return err
		}
		_, err = c.CreateKey(ctx, o.name, azkeys.CreateKeyParameters{
			Kty: to.Ptr(azkeys.KeyTypeEC), Curve: to.Ptr(azkeys.CurveNameP256), KeyOps: []*azkeys.KeyOperation{to.Ptr(azkeys.KeyOperationSign)},
		}, nil)
		return err
	}
	return fmt.Errorf("az %s is not known here", command)
}
