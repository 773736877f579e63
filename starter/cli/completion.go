package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

// completionTimeout bounds a completion. A person waits for the shell meanwhile.
const completionTimeout = 3 * time.Second

// completionSource returns what a word may be completed to. given are the
// command's arguments before that word.
type completionSource func(ctx context.Context, v *vault.Vault, cmd *cobra.Command, given []string) ([]cobra.Completion, error)

// arguments are the sources of the arguments of commands, by the commands' paths. The
// last one serves all further arguments of a command that takes many.
var arguments = map[string][]completionSource{
	"backup":          {completeInstances},
	"contents":        {completeInstances, completeObjects},
	"delete":          {completeInstances},
	"drill":           {completeInstances},
	"grants":          {completeInstances},
	"points":          {completeInstances},
	"policy reapply":  {completeInstances},
	"policy show":     {completeInstancesAndPolicies},
	"policy simulate": {completeInstancesAndPolicies},
	"proof list":      {completeInstances},
	"proof report":    {completeInstances},
	"proof show":      {completeInstances},
	"proof verify":    {completeInstances},
	"restore":         {completeInstances},
	"resume":          {completeInstances},
	"status":          {completeInstances},
	"stop":            {completeInstances},
	"trust check":     {completeInstances},
	"undelete":        {completeInstances},
	"validate":        {completeInstances},
	"verify":          {completeInstances},
}

// flagValues are the sources of the values of flags, by name.
var flagValues = map[string]completionSource{
	"allow-mass-deletion": completeInstances,
	"instance":            completeInstances,
	"point":               completePoints,
	"retention-rule":      completeRules,
	"schema":              completeSchemas,
	"table":               completeTables,
}

// fixedValues are the flags with few values.
var fixedValues = map[string][]cobra.Completion{
	"grants":             {string(jobs.Keep), string(jobs.Omit)},
	"output":             {string(table), "json", "yaml"},
	"owners":             {string(jobs.Keep), string(jobs.Omit)},
	"rehydrate-priority": {jobs.PriorityStandard, jobs.PriorityHigh},
	"tls-mode":           {instance.TLSVerifyFull, instance.TLSVerifyCA, instance.TLSRequire, instance.TLSDisable},
}

// fileFlags are the flags that name a file of this machine.
var fileFlags = []string{"export", "file", "html", "svg", "trust"}

// addCompletions lets the shell complete the arguments and flags of all commands.
func (a *App) addCompletions(root *cobra.Command) {
	none := cobra.ShellCompDirectiveNoFileComp
	root.CompletionOptions.SetDefaultShellCompDirective(none)
	for flag, values := range fixedValues {
		register(root, flag, cobra.FixedCompletions(values, none))
	}
	for name, cmd := range commands(root) {
		if sources := arguments[name]; sources != nil {
			cmd.ValidArgsFunction = a.completeArguments(sources)
		}
		for flag, values := range flagValues {
			register(cmd, flag, a.complete(values))
		}
		for flag, values := range fixedValues {
			register(cmd, flag, cobra.FixedCompletions(values, none))
		}
		for _, flag := range fileFlags {
			register(cmd, flag, cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault))
		}
		if name == "policy import" {
			cmd.ValidArgsFunction = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
		}
	}
}

// register sets the completion of a flag, if the command has it.
func register(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if cmd.LocalFlags().Lookup(flag) != nil {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete) // an error says that it has one
	}
}

// commands returns the commands below root, by their paths.
func commands(root *cobra.Command) map[string]*cobra.Command {
	all := map[string]*cobra.Command{}
	var add func(prefix string, cmd *cobra.Command)
	add = func(prefix string, cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			all[prefix+c.Name()] = c
			add(prefix+c.Name()+" ", c)
		}
	}
	add("", root)
	return all
}

func (a *App) completeArguments(sources []completionSource) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
		many := strings.Contains(cmd.Use, "...")
		if len(given) >= len(sources) && !many {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.complete(sources[min(len(given), len(sources)-1)])(cmd, given, word)
	}
}

// complete asks a source for at most [completionTimeout]. It prints nothing, whatever
// is wrong: the shell would mix that into the line that the person types.
func (a *App) complete(find completionSource) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
		const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
		defer cancel()
		found := make(chan []cobra.Completion, 1)
		go func() { found <- a.found(ctx, find, cmd, given) }()
		select {
		case all := <-found:
			return choose(all, given, word), directive
		case <-ctx.Done():
			return nil, directive
		}
	}
}

func (a *App) found(ctx context.Context, find completionSource, cmd *cobra.Command, given []string) []cobra.Completion {
	url := ""
	if flag := cmd.Flags().Lookup("vault"); flag != nil {
		url = flag.Value.String()
	}
	v, err := a.openVault(url)
	if err != nil {
		return nil
	}
	all, err := find(ctx, v, cmd, given)
	if err != nil {
		return nil
	}
	return all
}

// choose returns the completions of a word that are not given yet. It leaves out a
// name with a character that a shell may act on, since names of tables are
// strangers', and the shell inserts a completion as it is.
func choose(all []cobra.Completion, given []string, word string) []cobra.Completion {
	return slices.DeleteFunc(all, func(c cobra.Completion) bool {
		name, _, _ := strings.Cut(c, "\t")
		return !strings.HasPrefix(name, cmp.Or(word, name)) || slices.Contains(given, name) || !plainWord(name)
	})
}

// plainWord reports whether a name is the same word in every shell.
func plainWord(name string) bool {
	return name != "" && name[0] != '-' && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-/", r)
	})
}
