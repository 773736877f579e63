package temporalx

import (
	"net/url"
	"strings"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
)

// UIVariable names the address of Temporal's UI.
const UIVariable = "PGVAULT_UI_URL"

// UI is the address of Temporal's UI, such as https://temporal.example.com. It is
// empty if nobody has set it.
type UI string

// ParseUI checks an address.
func ParseUI(text string) (UI, error) {
	if text == "" {
		return "", nil
	}
	address, err := url.Parse(text)
	if err != nil || address.Scheme != "https" && address.Scheme != "http" || address.Host == "" || address.User != nil || address.RawQuery != "" || address.Fragment != "" {
		return "", failure.New(failure.InvalidConfiguration, "set it to the address of Temporal's UI, such as https://temporal.example.com",
			"%s is %q", UIVariable, text)
	}
	return UI(strings.TrimSuffix(text, "/")), nil
}

// Job returns the address of a run's page; empty if there is no address of the UI.
func (u UI) Job(namespace, id, runID string) string {
	if u == "" {
		return ""
	}
	return string(u) + "/namespaces/" + inPath(namespace) + "/workflows/" + inPath(id) + "/" + inPath(runID)
}

// inPath escapes a segment of a path, and what would end a link in Markdown.
func inPath(segment string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", "'", "%27").Replace(url.PathEscape(segment))
}

type uiKey struct{}

// uiInterceptor tells workflows the address of the UI. Only texts on a card depend
// on it, which are no part of a history.
type uiInterceptor struct {
	interceptor.WorkerInterceptorBase
	ui UI
}

// NewUIInterceptor returns the interceptor of a worker whose cards link to the UI.
func NewUIInterceptor(ui UI) interceptor.WorkerInterceptor { return &uiInterceptor{ui: ui} }

// InterceptWorkflow adds the address to a workflow.
func (i *uiInterceptor) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &linking{interceptor.WorkflowInboundInterceptorBase{Next: next}, i.ui}
}

type linking struct {
	interceptor.WorkflowInboundInterceptorBase
	ui UI
}

// ExecuteWorkflow executes a workflow whose cards link to the UI.
func (l *linking) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	return l.Next.ExecuteWorkflow(workflow.WithValue(ctx, uiKey{}, l.ui), in)
}

// MarkdownOfJob returns the ID of a run as Markdown, with a link to its page if the
// worker knows the address of the UI. Anyone may have chosen the ID.
func MarkdownOfJob(ctx workflow.Context, id, runID string) string {
	text := printable.Markdown(id)
	ui, _ := ctx.Value(uiKey{}).(UI)
	if page := ui.Job(workflow.GetInfo(ctx).Namespace, id, runID); page != "" {
		return "[" + text + "](" + page + ")"
	}
	return text
}
