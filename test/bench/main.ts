console.log('benchmarks')
