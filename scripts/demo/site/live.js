// Looks once a second whether the page has changed and shows it when it has.
let shown = null

async function look() {
  try {
    const response = await fetch(location.href, { cache: 'no-store' })
    const text = await response.text()
    if (response.ok && shown !== null && text !== shown) location.reload()
    if (response.ok) shown = text
  } catch {
    // the demo has ended or starts again
  }
}

look()
setInterval(look, 1000)
