const find = id => document.getElementById(id)
const cell = text => Object.assign(document.createElement('td'), { textContent: text })
const none = find('refusals').dataset.none
let events
const show = ({ points, rows, refusals }) => {
  find('line').setAttribute('points', points)
  for (const [key, value] of rows) if (find(key)) find(key).textContent = value
  find('refusals').replaceChildren(...refusals.map(cells => {
    const row = document.createElement('tr')
    row.append(...cells.map(cell))
    return row
  }))
  if (!refusals.length) {
    const row = document.createElement('tr')
    row.append(Object.assign(cell(none), { colSpan: 4, className: 'none' }))
    find('refusals').append(row)
  }
}
const connect = () => {
  events?.close()
  if (document.hidden) return
  const source = events = new EventSource('status/events')
  source.onopen = () => find('feed').textContent = 'Live'
  source.onmessage = event => show(JSON.parse(event.data))
  source.onerror = () => {
    const refused = source.readyState == EventSource.CLOSED
    find('feed').textContent = refused ? 'Refused: too many pages like this are open' : 'Connecting again'
    if (refused) setTimeout(() => source == events && connect(), 5000)
  }
}
// A page that is not seen leaves its place to another.
document.addEventListener('visibilitychange', connect)
connect()
