import { mount, unmount } from 'svelte'
import ChatAnswer from './ChatAnswer.svelte'

const app = mount(ChatAnswer, { target: document.querySelector('#app')! })
document.querySelector('#close')?.addEventListener('click', () => unmount(app))
