export function answer(url: string): Promise<{ text: string; ended: string }>
