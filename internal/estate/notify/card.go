package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/pgvault/pgvault/internal/jobs"
)

// The parts of an Adaptive Card. Text is in runs, of which Teams renders no
// Markdown.
type (
	cardMessage struct {
		Type        string       `json:"type"`
		Attachments []attachment `json:"attachments"`
	}
	attachment struct {
		ContentType string `json:"contentType"`
		Content     card   `json:"content"`
	}
	card struct {
		Schema  string  `json:"$schema"`
		Type    string  `json:"type"`
		Version string  `json:"version"`
		Body    []block `json:"body"`
		// FallbackText is for clients without Adaptive Cards.
		FallbackText string         `json:"fallbackText"`
		Teams        map[string]any `json:"msteams"`
	}
	block struct {
		Type    string    `json:"type"`
		Spacing string    `json:"spacing,omitempty"`
		Inlines []textRun `json:"inlines"`
	}
	textRun struct {
		Type   string `json:"type"`
		Text   string `json:"text"`
		Weight string `json:"weight,omitempty"`
		Size   string `json:"size,omitempty"`
		Color  string `json:"color,omitempty"`
	}
)

// sendCard posts an Adaptive Card to a Workflows URL of Microsoft Teams.
func (s Sender) sendCard(ctx context.Context, to address, a jobs.Alert) (string, error) {
	body, err := json.Marshal(s.card(a))
	if err != nil {
		return "", fmt.Errorf("encode the card: %w", err)
	}
	u := *to.url
	u.Scheme = "https"
	return s.post(ctx, u.String(), http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body)
}

func (s Sender) card(a jobs.Alert) cardMessage {
	heading := textRun{Type: "TextRun", Text: subject(a), Weight: "Bolder", Size: "Medium", Color: color(a)}
	body := []block{{Type: "RichTextBlock", Inlines: []textRun{heading}}}
	spacing := "Medium"
	for _, line := range s.lines(a) {
		if line == "" {
			spacing = "Medium"
			continue
		}
		body = append(body, block{Type: "RichTextBlock", Spacing: spacing, Inlines: []textRun{{Type: "TextRun", Text: strings.ReplaceAll(line, "\t", " ")}}})
		spacing = "None"
	}
	return cardMessage{Type: "message", Attachments: []attachment{{
		ContentType: "application/vnd.microsoft.card.adaptive",
		Content: card{
			Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4",
			Body: body, FallbackText: subject(a), Teams: map[string]any{"width": "Full"},
		},
	}}}
}

// color returns the color of an alert's heading.
func color(a jobs.Alert) string {
	switch {
	case a.State == jobs.AlertResolved:
		return "Good"
	case a.Severity == jobs.AlertCritical:
		return "Attention"
	case a.Severity == jobs.AlertWarning:
		return "Warning"
	}
	return "Default"
}
