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

// containerPattern is a blob container, or the containers of an account whose
// names have a common prefix. Unlike [blobstore.SameContainer], it compares
// hosts and not accounts, since a token is sent to the host.
type containerPattern struct{ account, name string }

// parseContainerPattern parses a container's URL. The name may end in an
// asterisk.
func parseContainerPattern(text string) (containerPattern, error) {
	pattern, err := readContainer(text, func(name string) bool { return containerNamePattern.MatchString(name) || isContainerName(name) })
	if err != nil {
		return containerPattern{}, fmt.Errorf("%w; write %s, or /* for all of an account", err, containerForm)
	}
	return pattern, nil
}

// parseContainer parses the URL of one container.
func parseContainer(text string) (containerPattern, error) {
	return readContainer(text, isContainerName)
}

func isContainerName(name string) bool {
	return instance.CheckContainerURL("https://account.blob.core.windows.net/"+name) == nil
}

// readContainer parses https://HOST/CONTAINER. On this machine it parses
// https://HOST/ACCOUNT/CONTAINER, since the local environment has no host names
// for accounts.
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

// Container returns a refusal unless the container with a URL may be the target
// of a restore as files. It does not recognize the container of the vault; the
// caller must refuse it.
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
