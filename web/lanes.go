package web

import "slices"

// maxHTML is how many structural changes may wait for one reader before it is told to start afresh.
const maxHTML = 256

// message is one websocket message that waits to be written.
type message struct {
	body   []byte
	binary bool
}

// lanes hold what waits for one reader. They keep one promise on order: what is written never contradicts what was
// written before it. A value is written before an html message that was queued after it, and a tick after all that was
// queued before it, so that a tick never vouches for something that the screen has not got.
type lanes struct {
	html    [][]byte
	htmlIn  uint64 // html messages queued so far
	htmlOut uint64 // and written
	values  []value
	tick    []byte
	wave    []byte // the newest; an older one is not worth drawing
}

// value is the latest message of its key. It waits until the first `after` html messages are written.
type value struct {
	key   string
	body  []byte
	after uint64
}

// addHTML queues a message that must not be lost; false when too many wait already.
func (l *lanes) addHTML(body []byte) bool {
	if len(l.html) >= maxHTML {
		return false
	}
	l.html = append(l.html, body)
	l.htmlIn++
	return true
}

// setValue replaces what waits under the key. It keeps its turn, so that no key can be pushed back for ever, unless
// html was queued in between: then it moves behind that.
func (l *lanes) setValue(key string, body []byte) {
	i := slices.IndexFunc(l.values, func(v value) bool { return v.key == key })
	if i >= 0 && l.values[i].after == l.htmlIn {
		l.values[i].body = body
		return
	}
	if i >= 0 {
		l.values = slices.Delete(l.values, i, i+1)
	}
	l.values = append(l.values, value{key: key, body: body, after: l.htmlIn})
}

func (l *lanes) setTick(body []byte) { l.tick = body }

func (l *lanes) empty() bool {
	return len(l.html)+len(l.values) == 0 && l.tick == nil && l.wave == nil
}

// next takes the message that is to be written now; false when none waits.
func (l *lanes) next() (message, bool) {
	switch {
	case len(l.values) > 0 && l.values[0].after <= l.htmlOut:
		body := l.values[0].body
		l.values = slices.Delete(l.values, 0, 1)
		return message{body: body}, true
	case len(l.html) > 0:
		body := l.html[0]
		l.html = slices.Delete(l.html, 0, 1)
		l.htmlOut++
		return message{body: body}, true
	case l.tick != nil:
		body := l.tick
		l.tick = nil
		return message{body: body}, true
	case l.wave != nil:
		body := l.wave
		l.wave = nil
		return message{body: body, binary: true}, true
	}
	return message{}, false
}
