package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Family names are invented; given names come from many places.
var (
	familyNames = []string{
		"Adewunle", "Almondsey", "Arroyal", "Ashgrovene", "Barlindsson", "Bellacourt", "Brackenlow", "Casterolo",
		"Chandravel", "Dahlquister", "Dovehampton", "Dravinsky", "Eguchimori", "Fairlinden", "Farahzade", "Ferrobianco",
		"Goldwether", "Gundersby", "Hakimpour", "Harrowmere", "Ibekwanna", "Islandsdottir", "Jayamangala", "Kallistrou",
		"Kestrelby", "Kowalivera", "Lanternoy", "Linhartell", "Makanaole", "Meadowsett", "Mbalitho", "Nakashiro",
		"Nightingrove", "Nkosinathe", "Oakenwick", "Obafemide", "Parkhyun", "Pellegrossi", "Quillfeather", "Rajendhara",
		"Rosenquelle", "Sandovelle", "Silverthwaite", "Takahamori", "Thistlemarch", "Tran-Lebrun", "Underhallow", "Vasquenza",
		"Waterlandsen", "Wrenfielding", "Yamashibara", "Zielonkowa",
	}
	womensNames = []string{
		"Ngozi", "Aiko", "Ingrid", "Mariam", "Lucía", "Priya", "Hannah", "Svetlana", "Mei", "Chiara", "Amina", "Freya",
		"Leilani", "Zsófia", "Noor", "Beatriz", "Eilidh", "Thandiwe", "Rosa", "Yuna", "Solveig", "Esther", "Camille", "Dorothy",
	}
	mensNames = []string{
		"Kwame", "Haruto", "Lars", "Omar", "Mateo", "Arjun", "Samuel", "Dmitri", "Wei", "Luca", "Yusuf", "Rhys",
		"Keoni", "Bálint", "Tariq", "Tomás", "Callum", "Sipho", "Diego", "Minjun", "Jørgen", "Isaac", "Étienne", "Walter",
	}
)

// cast hands out patients, no two of whom share a family name or a number.
type cast struct {
	dice     *rand.Rand
	families []string
	n        int
}

func newCast(seed uint64) *cast {
	c := &cast{dice: dice(seed, "cast"), families: append([]string(nil), familyNames...)}
	c.dice.Shuffle(len(c.families), func(i, j int) {
		c.families[i], c.families[j] = c.families[j], c.families[i]
	})
	return c
}

// next is a patient who is admitted at a time.
func (c *cast) next(admitted time.Duration) *Patient {
	p := &Patient{
		MRN: fmt.Sprintf("MRN%d", 2001+c.n), Visit: fmt.Sprintf("VN%d", 7001+c.n),
		Family: c.families[c.n%len(c.families)], Admitted: admitted,
		BirthDate: fmt.Sprintf("%d-%02d-%02d", 1932+c.dice.IntN(72), 1+c.dice.IntN(12), 1+c.dice.IntN(28)),
	}
	if c.dice.IntN(2) == 0 {
		p.Sex, p.Given = "F", womensNames[c.dice.IntN(len(womensNames))]
		p.Weight = fmt.Sprintf("%.1f", between(c.dice, 48, 92))
	} else {
		p.Sex, p.Given = "M", mensNames[c.dice.IntN(len(mensNames))]
		p.Weight = fmt.Sprintf("%.1f", between(c.dice, 58, 112))
	}
	c.n++
	return p
}

// earlier is an admission in the days before the script begins.
func (c *cast) earlier() time.Duration {
	return -time.Duration(2+c.dice.IntN(120)) * time.Hour
}
