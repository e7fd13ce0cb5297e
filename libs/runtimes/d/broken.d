void main() { int count = "many"; }
