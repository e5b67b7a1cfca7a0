package views

// SignIn is the page on which people say who they are.
type SignIn struct {
	Asset        func(name string) string
	CSRF         string
	Demo, Unsafe bool
	Version      string
	User         string // as typed before, when that was refused
	Next         string // where to go afterwards, a path of ours; may be empty
	Refused      string // what was wrong and what to do
}
