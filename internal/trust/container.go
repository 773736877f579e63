package trust

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/instance"
)

// blobDomains are the domains of storage accounts in Azure's clouds. A private
// endpoint's name and an account's secondary host are names below them too.
var blobDomains = []string{
	"blob.core.windows.net", "blob.storage.azure.net", "blob.core.chinacloudapi.cn", "blob.core.usgovcloudapi.net",
}

var (
	accountName          = regexp.MustCompile(`^[a-z0-9]{3,24}$`)
	containerNamePattern = regexp.MustCompile(`^([a-z0-9][a-z0-9-]{0,62})?\*$`)
)

const containerForm = "https://ACCOUNT.blob.core.windows.net/CONTAINER"

// containerPattern is a blob container, or those of an account whose names begin
// alike. The host must be the same, and not only lead to the same account as in
// [blobstore.SameContainer]: a token is sent to it.
type containerPattern struct{ account, name string }

// parseContainerPattern reads a container's URL, whose name may end in an asterisk.
func parseContainerPattern(text string) (containerPattern, error) {
	pattern, err := readContainer(text, func(name string) bool { return containerNamePattern.MatchString(name) || isContainerName(name) })
	if err != nil {
		return containerPattern{}, fmt.Errorf("%w; write %s, or /* for all of an account", err, containerForm)
	}
	return pattern, nil
}

// parseContainer reads the URL of one container.
func parseContainer(text string) (containerPattern, error) {
	return readContainer(text, isContainerName)
}

func isContainerName(name string) bool {
	return instance.CheckContainerURL("https://account.blob.core.windows.net/"+name) == nil
}

// readContainer reads https://HOST/CONTAINER, and https://HOST/ACCOUNT/CONTAINER on
// this machine, where the storage of the local environment has no names.
func readContainer(text string, names func(string) bool) (containerPattern, error) {
	a, err := parseAddress(text)
	if err != nil {
		return containerPattern{}, fmt.Errorf("the container's URL %w", err)
	}
	inAzure := a.port == "" && under(a.host, blobDomains...)
	if !inAzure && !a.local() {
		return containerPattern{}, fmt.Errorf("%s is not a storage account of Azure's", a.origin())
	}
	last := len(a.path) - 1
	if last > 1 || last == 1 && (inAzure || !accountName.MatchString(a.path[0])) || !names(a.path[last]) {
		return containerPattern{}, errors.New("the URL names no container")
	}
	return containerPattern{account: strings.Join(append([]string{a.origin()}, a.path[:last]...), "/"), name: a.path[last]}, nil
}

func (p containerPattern) matches(c containerPattern) bool {
	return p.account == c.account && matchName(p.name, c.name)
}

func (p containerPattern) String() string { return p.account + "/" + p.name }

// Container returns a refusal unless a container may be the target of a restore as
// files. It takes the container's URL. The container of the vault is not
// distinguished: that is the caller's to refuse.
func (f File) Container(containerURL string) error {
	container, err := parseContainer(containerURL)
	if err != nil {
		return unusable(err, "give the URL of a container in Azure, like "+containerForm)
	}
	for _, pattern := range f.containers {
		if pattern.matches(container) {
			return nil
		}
	}
	return f.refuse(fmt.Sprintf("containers: [%q]", container), "a restore as files into container %s", container)
}
