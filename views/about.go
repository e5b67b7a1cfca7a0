package views

// About says what the product is for and what it is made of.
type About struct {
	Version   string
	Build     string
	Libraries []Library
}

// Library is a part made by others.
type Library struct{ Name, Version, Licence, Text string }

// Shortcut is a key and what it does.
type Shortcut struct {
	Keys []string
	Does string
}

// KeyGroup are the keys of one kind of page.
type KeyGroup struct {
	Title     string
	Shortcuts []Shortcut
}
