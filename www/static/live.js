const [line, list, state] = ['polyline', 'dl', '#state'].map(s => document.querySelector(s))
const names = { rate: 'Requests a second', requests: 'Requests', streams: 'Open pages like this', chatters: 'In the chat', memory: 'KB of memory' }
const rates = []
const events = new EventSource('api/live')
events.onopen = () => state.textContent = 'Connected'
events.onerror = () => state.textContent = events.readyState == 2 ? 'The server has refused.' : 'Connecting again'
events.onmessage = event => {
  const now = JSON.parse(event.data)
  rates.push(now.rate)
  if (rates.length > 60) rates.shift()
  const top = Math.max(4, ...rates)
  line.setAttribute('points', rates.map((rate, at) => [60 - rates.length + at, 31 - 30 * rate / top].join()).join(' '))
  list.replaceChildren(...Object.keys(now).flatMap(key => ['dt', 'dd'].map((tag, value) => {
    const item = document.createElement(tag)
    item.textContent = value ? now[key].toLocaleString('en') : names[key]
    return item
  })))
}
