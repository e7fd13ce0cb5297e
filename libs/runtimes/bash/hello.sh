echo "Hello from Bash!"
