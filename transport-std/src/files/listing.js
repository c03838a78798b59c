const search = document.querySelector('form[role=search]')
const box = search.elements.filter
const shown = search.querySelector('output')
const plain = text => text.replace(/\/$/, '').toLowerCase()
const entries = Array.from(document.querySelectorAll('tbody a[href^="./"]'), anchor => [anchor.closest('tr'), plain(anchor.textContent)])

let timer

function show() {
  const text = box.value.toLowerCase()
  clearTimeout(timer)
  // The page has the names alone that the server's filter has left.
  if (!text.includes(box.defaultValue.toLowerCase())) timer = setTimeout(() => search.requestSubmit(), 400)
  let count = 0
  for (const [row, name] of entries) {
    row.hidden = !name.includes(text)
    if (!row.hidden) count++
  }
  shown.textContent = text ? `${count} of ${entries.length}` : ''
}

box.addEventListener('input', show)
// Also for a text that the browser has restored.
addEventListener('pageshow', show)
if (box.autofocus) box.setSelectionRange(box.value.length, box.value.length)
