import java.util.Scanner;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

public class Greeting {
  record Square(int side) {
    int area() {
      return side * side;
    }
  }

  public static void main(String[] args) {
    String name = new Scanner(System.in).nextLine();
    System.out.println("Hello, " + name + ", from Java!");
    System.out.println(
        IntStream.rangeClosed(1, 5)
            .mapToObj(side -> String.valueOf(new Square(side).area()))
            .collect(Collectors.joining(" ")));
  }
}
