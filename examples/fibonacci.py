def fibonacci(n):
    """The n-th Fibonacci number: 0 for n <= 0, 1 for n = 1."""
    if n <= 0:
        return 0
    previous, current = 0, 1
    for _ in range(n - 1):
        previous, current = current, previous + current
    return current


def fibonacci_sequence(n):
    """The first n Fibonacci numbers."""
    return [fibonacci(i) for i in range(n)]


print("Testing Fibonacci functions:")
print("-" * 30)
for number in [0, 1, 5, 10, 15]:
    print(f"fibonacci({number}) = {fibonacci(number)}")

print()
print("Fibonacci sequence (first 15 numbers):")
print(fibonacci_sequence(15))
