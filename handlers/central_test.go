package handlers

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// byAttr lists the elements that carry an attribute, by its value.
func byAttr(t *testing.T, body, attr string) map[string]*html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*html.Node{}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if a.Key == attr {
				out[a.Val] = n
			}
		}
	}
	return out
}

func TestTheCentralStationKeepsItsHooks(t *testing.T) {
	s := newStation(t)
	s.measure(14, "1", "150", "97")
	w := s.get("kim", "/central/ICU")
	body := w.Body.String()
	for attr, want := range map[string]string{
		"data-bed": "ICU-1", "data-v": "8867-4", "data-unit": "ICU", "data-epoch": "e1", "data-live": "",
		"data-alarm": string(s.alarm("1").ID), "data-feed": "/live?unit=ICU",
	} {
		if _, ok := byAttr(t, body, attr)[want]; !ok {
			t.Errorf("no %s=%q", attr, want)
		}
	}
	if strings.Count(body, `name="_csrf"`) != 1 {
		t.Error("the token stands in one form and nowhere else")
	}
	if strings.Contains(body, " style=") || strings.Contains(body, "<script>") {
		t.Error("the content security policy forbids inline styles and scripts")
	}
	if !strings.Contains(body, "NOT LIVE") {
		t.Error("without script the page must say that it is not live")
	}
}

func TestWhoeverMayNotAcknowledgeSeesNoButton(t *testing.T) {
	s := newStation(t)
	for who, may := range map[string]bool{"kim": true, "viewer": false} {
		if got := strings.Contains(s.get(who, "/central/ICU").Body.String(), `class="may-acknowledge"`); got != may {
			t.Errorf("%s: %v, want %v", who, got, may)
		}
	}
}
