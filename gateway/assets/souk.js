const SHOWN = 12;
const FINAL = new Set(['confirmed', 'shipped', 'rejected', 'cancelled', 'refunded']);
const BAD = new Set(['rejected', 'cancelled', 'refunded']);
const ADDRESS = { street: '1 Market Lane', city: 'Utrecht', postalCode: '3511 AB', country: 'NL' };
const PROBLEMS = {
  'sign-in-failed': 'The sign-in was not completed. Please begin again.',
  'identity-unavailable': 'Signing in is not possible at the moment. Everything else is open.',
  'session-ended': 'Your session has ended. Please sign in again.',
};

const byId = (id) => document.getElementById(id);
const isThere = (value) => value !== undefined && value !== null;
let session;
/** How often a shelf was asked for. */
let shelfClicks = 0;

/** The answer as JSON; throws what the problem document says. */
async function call(path, { headers, ...options } = {}) {
  const response = await fetch(path, { ...options, headers: { accept: 'application/json', ...headers } });
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw Object.assign(new Error(body.detail ?? body.title ?? `Status ${response.status}`), { code: body.code });
}

/** A write by cookie shows the CSRF token of the session. */
const write = (path, body, headers) =>
  call(path, {
    method: 'POST',
    headers: {
      'x-csrf-token': session.csrfToken,
      ...(isThere(body) && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(isThere(body) && { body: JSON.stringify(body) }),
  });

function say(text) {
  byId('notice').textContent = text ?? '';
  byId('notice').hidden = !isThere(text);
}

function complain(error) {
  if (error.code === 'session-ended' || error.code === 'authentication-required') showSession(undefined);
  say(PROBLEMS[error.code] ?? error.message);
}

function price({ amount, currency }) {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/** crypto.randomUUID is there for https and localhost only. */
const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The same colour for a category wherever it appears. */
const hueOf = (name) => [...name].reduce((hue, letter) => (hue * 31 + letter.codePointAt(0)) % 360, 7);

const copyOf = (template) => byId(template).content.firstElementChild.cloneNode(true);

// Products

async function shelves() {
  try {
    const { newest, popular, forYou, categories } = await call('/api/pages/home');
    const title = forYou?.length ? 'Picked for you' : 'On the shelves';
    return { title, products: [...(forYou ?? []), ...(popular ?? []), ...newest], categories: categories ?? [] };
  } catch {
    const { items } = await call('/api/products?sort=newest&pageSize=12');
    return { title: 'On the shelves', products: items, categories: [] };
  }
}

async function showProducts() {
  try {
    const { title, products, categories } = await shelves();
    fill(title, products);
    const all = shelfButton('All', title, () => products);
    all.ariaPressed = 'true';
    byId('shelves').replaceChildren(all, ...categories.map(({ name }) => shelfButton(name, name, () => shelf(name))));
    byId('shelves').hidden = categories.length === 0;
  } catch (error) {
    byId('products-note').textContent = `The shelves cannot be shown now. ${error.message}`;
  }
}

async function shelf(name) {
  const { items } = await call(`/api/products?sort=newest&pageSize=${SHOWN}&category=${encodeURIComponent(name)}`);
  return items;
}

function fill(title, products) {
  const unique = [...new Map(products.map((one) => [one.sku, one])).values()].slice(0, SHOWN);
  byId('products-title').textContent = title;
  byId('products-note').textContent = unique.length > 0 ? '' : 'Nothing is on sale here.';
  byId('product-list').replaceChildren(...unique.map(productItem));
}

function shelfButton(name, title, load) {
  const button = Object.assign(document.createElement('button'), {
    type: 'button',
    textContent: name,
    ariaPressed: 'false',
  });
  button.addEventListener('click', async () => {
    const click = ++shelfClicks;
    try {
      const products = await load();
      // The answer to an older click may come later than that to a newer one.
      if (click !== shelfClicks) return;
      fill(title, products);
      for (const one of byId('shelves').children) one.ariaPressed = String(one === button);
    } catch (error) {
      if (click === shelfClicks) complain(error);
    }
  });
  return button;
}

function productItem(product) {
  const item = copyOf('product');
  const tile = item.querySelector('.tile');
  tile.textContent = product.name.slice(0, 1);
  tile.style.setProperty('--hue', hueOf(product.category));
  item.querySelector('h3').textContent = product.name;
  item.querySelector('p').textContent = product.reason?.text ?? product.category;
  item.querySelector('.price').textContent = price(product.price);
  const button = item.querySelector('button');
  button.setAttribute('aria-label', `Order one ${product.name}`);
  button.addEventListener('click', () => order(product, button));
  return item;
}

// Orders

async function order(product, button) {
  if (!isThere(session)) return location.assign('/auth/login?returnTo=/');
  button.disabled = true;
  try {
    const { orderId } = await place(product).finally(() => (button.disabled = false));
    say();
    await follow(orderId);
  } catch (error) {
    complain(error);
  }
}

async function place(product) {
  const body = {
    lines: [{ sku: product.sku, quantity: 1 }],
    expectedTotal: product.price,
    address: { name: session.email ?? session.user, ...ADDRESS },
    paymentMethod: { type: 'card', token: 'tok_visa' },
  };
  return write('/api/orders', body, { 'idempotency-key': newKey() });
}

/** Shows the order at once, and again when its fate is known; that is said, too, for those who do not see the list. */
async function follow(orderId) {
  put(await call(`/api/orders/${orderId}`), true);
  for (let tries = 0; tries < 3; tries++) {
    const found = await call(`/api/orders/${orderId}?wait=10s`);
    put(found);
    if (FINAL.has(found.status)) return say(`Your order of ${linesOf(found)}: ${statusOf(found)}.`);
  }
}

const linesOf = ({ lines }) => lines.map((line) => `${line.quantity} × ${line.name}`).join(', ');
const statusOf = ({ status, rejection }) => (rejection ?? status).replaceAll('-', ' ');

function put(found, isNew = false) {
  const list = byId('order-list');
  const known = list.querySelector(`[data-id="${CSS.escape(found.orderId)}"]`);
  const item = orderItem(found);
  item.classList.toggle('new', isNew);
  byId('orders-note').textContent = '';
  if (known) known.replaceWith(item);
  else list.prepend(item);
  if (isNew) item.scrollIntoView({ block: 'center', behavior: wantsStillness() ? 'instant' : 'smooth' });
}

const wantsStillness = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function orderItem(found) {
  const { orderId, total, status, placedAt } = found;
  const item = copyOf('order');
  item.dataset.id = orderId;
  item.querySelector('.lines').textContent = linesOf(found);
  const time = item.querySelector('time');
  time.dateTime = placedAt;
  time.textContent = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(
    new Date(placedAt),
  );
  item.querySelector('.history').href = `/api/orders/${orderId}/history`;
  item.querySelector('.price').textContent = price(total);
  const badge = item.querySelector('.status');
  badge.textContent = statusOf(found);
  badge.classList.toggle('good', status === 'confirmed');
  badge.classList.toggle('bad', BAD.has(status));
  return item;
}

async function showOrders() {
  const [list, note] = [byId('order-list'), byId('orders-note')];
  try {
    const { items } = await call('/api/orders?limit=10');
    list.replaceChildren(...items.map(orderItem));
    note.textContent = items.length > 0 ? '' : 'None yet. Choose something below.';
  } catch (error) {
    if (error.code === 'session-ended') return complain(error);
    note.textContent = 'The list cannot be shown now; ordering goes on all the same.';
  }
}

// Who is here

async function findSession() {
  try {
    return await call('/auth/session');
  } catch (error) {
    if (error.code !== 'authentication-required') say(PROBLEMS[error.code] ?? error.message);
    return undefined;
  }
}

function showSession(found) {
  session = found;
  const isIn = isThere(found);
  byId('sign-in').hidden = isIn;
  byId('user').hidden = byId('sign-out').hidden = byId('orders').hidden = !isIn;
  // What a company calls somebody is no name to be shown.
  byId('user').textContent = found?.email ?? found?.user ?? '';
}

async function signOut() {
  try {
    const { endSessionUrl } = await write('/auth/logout');
    location.assign(endSessionUrl ?? '/');
  } catch (error) {
    complain(error);
  }
}

async function start() {
  const problem = location.hash.slice(1);
  if (Object.hasOwn(PROBLEMS, problem)) {
    say(PROBLEMS[problem]);
    history.replaceState(null, '', location.pathname);
  }
  byId('sign-out').addEventListener('click', signOut);
  const products = showProducts();
  showSession(await findSession());
  await Promise.all([products, session && showOrders()]);
}

await start();
