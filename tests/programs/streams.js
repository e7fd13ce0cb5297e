process.stdout.write('out häl\u{1F600}o\n');
process.stderr.write('err ün\n');
process.stdout.write(Buffer.from([0, 255]));
process.stdout.write(' raw, no newline at the end');
