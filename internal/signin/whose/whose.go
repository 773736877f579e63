package whose

// SignIn is whose sign-in to Azure is used. The zero value is the worker's.
type SignIn int

// The sign-ins.
const (
	Worker SignIn = iota
	// Person is the person who runs a command, or the pipeline that does.
	Person
)

// String returns the sign-in as the subject of a sentence.
func (s SignIn) String() string {
	if s == Person {
		return "your own sign-in to Azure"
	}
	return "the worker's identity"
}

// Machine returns the machine that sends the requests, as the object of a sentence.
func (s SignIn) Machine() string {
	if s == Person {
		return "this machine"
	}
	return "the worker"
}

// None returns the message of a lack of any sign-in.
func (s SignIn) None() string {
	if s == Person {
		return "you are not signed in to Azure, and this command uses your own sign-in, not a worker's"
	}
	return "there is no Azure identity to sign in with"
}

// Get returns the remedy for [SignIn.None].
func (s SignIn) Get() string {
	if s == Person {
		return "sign in: az login; in a pipeline, set AZURE_CLIENT_ID and AZURE_TENANT_ID, and a client secret, certificate or federated token"
	}
	return "give the worker an identity: a managed identity, a workload identity, or AZURE_CLIENT_ID with AZURE_TENANT_ID and a client secret or certificate"
}

// Renew returns the remedy for a sign-in that Azure rejects.
func (s SignIn) Renew() string {
	if s == Person {
		return "sign in again: az login; in a pipeline, check AZURE_TENANT_ID, AZURE_CLIENT_ID and its secret, certificate or federation"
	}
	return "check the worker's identity: its tenant, client ID and secret, certificate or federation"
}

// Assignee returns the value of --assignee in a command that assigns a role.
func (s SignIn) Assignee() string {
	if s == Person {
		return `"$(az ad signed-in-user show --query id --output tsv)"`
	}
	return "WORKER-IDENTITY"
}

// Grant returns the remedy for a lack of rights: a command that grants them, or
// another sign-in.
func (s SignIn) Grant(command string) string {
	if s == Person {
		return command + "; or sign in as somebody who may: az login (`az account show` prints as whom you are)"
	}
	return command
}
