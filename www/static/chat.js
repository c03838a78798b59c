const [list, form, name, text, button, state] = ['ol', 'form', '#name', '#text', 'button', '#state'].map(s => document.querySelector(s))
const address = new URL('api/chat', location)
address.protocol = address.protocol.replace('http', 'ws')
let socket
const add = message => {
  const at = message.indexOf('\n'), item = document.createElement('li')
  if (at > 0) item.appendChild(document.createElement('b')).textContent = message.slice(0, at)
  else item.className = 'own'
  item.append(message.slice(at + 1))
  const isAtEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 20
  list.append(item)
  if (list.children.length > 500) list.firstChild.remove()
  if (isAtEnd) list.scrollTop = list.scrollHeight
}
const connect = () => {
  state.textContent = 'Connecting'
  socket = new WebSocket(address)
  socket.onopen = () => {
    // The server sends what it has kept again.
    list.replaceChildren()
    state.textContent = 'Connected'
    button.disabled = false
  }
  socket.onmessage = event => add(event.data)
  socket.onclose = event => {
    state.textContent = (event.reason || 'The connection has ended.') + ' Connecting again soon.'
    button.disabled = true
    setTimeout(connect, event.code == 1013 ? 10000 : 2000)
  }
}
form.onsubmit = event => {
  event.preventDefault()
  const message = name.value.trim() + '\n' + text.value.trim()
  if (message.length < 3 || message.startsWith('\n') || message.endsWith('\n')) return
  if (new TextEncoder().encode(message).length > 125) {
    state.textContent = 'The message is too long: 125 bytes with the name are the limit.'
    return
  }
  socket.send(message)
  state.textContent = ''
  text.value = ''
  text.focus()
}
connect()
