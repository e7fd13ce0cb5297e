const url = process.env['GANTRY_URL'] ?? 'http://127.0.0.1:8000';
const headers = {
  authorization: `Bearer ${process.env['GANTRY_API_KEY'] ?? 'none'}`,
  'content-type': 'application/json',
};

const order = { language: 'python', code: 'import sys\nprint(sum(map(int, sys.stdin)))', input_data: '1\n2\n3\n' };
const response = await fetch(`${url}/execute`, { method: 'POST', headers, body: JSON.stringify(order) });
if (!response.ok) throw new Error(await response.text());
const result = (await response.json()) as { status: string; stdout: string };
console.log(result.status);
console.log(result.stdout);
