/** Shows what every chart had at the moment under the pointer. A page without it is the same page, less this. */
export const CURSOR = `'use strict';
for (const plot of document.querySelectorAll('.chart .plot')) {
  plot.addEventListener('pointermove', ({ clientX }) => {
    const { left, width } = plot.getBoundingClientRect();
    show(Math.min(100, Math.max(0, ((clientX - left) / width) * 100)));
  });
  plot.addEventListener('pointerleave', hide);
}
function show(at) {
  document.body.classList.add('pointing');
  document.body.style.setProperty('--at', at + '%');
  for (const row of document.querySelectorAll('[data-values]')) {
    row.points ??= JSON.parse(row.dataset.values);
    const point = row.points.findLast(([x]) => x <= at + 0.01);
    const value = point?.[1];
    row.querySelector('.now').textContent = value == null ? '' : text(value, row.dataset.unit);
  }
}
function hide() {
  document.body.classList.remove('pointing');
  for (const now of document.querySelectorAll('.now')) now.textContent = '';
}
function text(value, unit) {
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  const number = value.toLocaleString('en-GB', { maximumFractionDigits: digits });
  return unit === '' || unit === '/s' ? number + unit : number + '\\u00a0' + unit;
}
`;
