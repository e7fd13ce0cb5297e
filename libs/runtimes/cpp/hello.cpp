#include <algorithm>
#include <iostream>
#include <map>
#include <ranges>
#include <string>

int main() {
  std::string name;
  std::getline(std::cin, name);
  std::map<char, int> letters;
  for (char letter : name) ++letters[letter];
  std::cout << "Hello, " << name << ", from C++!\n";
  for (auto [letter, count] : letters) std::cout << letter << '=' << count << ' ';
  auto squares = std::views::iota(1, 6) | std::views::transform([](int n) { return n * n; });
  for (int square : squares) std::cout << square << ' ';
  std::cout << '\n';
}
