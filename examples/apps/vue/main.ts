import { createApp } from 'vue'
import ChatAnswer from './ChatAnswer.vue'

const app = createApp(ChatAnswer)
app.mount('#app')
document.querySelector('#close')?.addEventListener('click', () => app.unmount())
