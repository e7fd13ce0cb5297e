package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func squares(count int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for i := 1; i <= count; i++ {
			out <- i * i
		}
	}()
	return out
}

func main() {
	name, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	fmt.Printf("Hello, %s, from Go!\n", strings.TrimSpace(name))
	for square := range squares(5) {
		fmt.Print(square, " ")
	}
	fmt.Println()
}
