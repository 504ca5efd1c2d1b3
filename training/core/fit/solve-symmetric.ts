/**
 * Solves A·x = b for a symmetric positive definite A by Cholesky's method; only the lower triangle of A is read.
 * Source: Golub, Van Loan, Matrix Computations, 4th ed., 4.2. Throws RangeError when A is not positive definite.
 */
export function solveSymmetric(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const size = b.length;
  const lower = a.map((row) => row.slice());
  for (let j = 0; j < size; j++) {
    const rowJ = lower[j]!;
    for (let i = j; i < size; i++) {
      const rowI = lower[i]!;
      let sum = rowI[j]!;
      for (let k = 0; k < j; k++) sum -= rowI[k]! * rowJ[k]!;
      if (i === j) {
        if (!(sum > 0)) throw new RangeError('the matrix is not positive definite');
        rowI[j] = Math.sqrt(sum);
      } else {
        rowI[j] = sum / rowJ[j]!;
      }
    }
  }
  const x = b.slice();
  for (let i = 0; i < size; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= lower[i]![k]! * x[k]!;
    x[i] = sum / lower[i]![i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < size; k++) sum -= lower[k]![i]! * x[k]!;
    x[i] = sum / lower[i]![i]!;
  }
  return x;
}
