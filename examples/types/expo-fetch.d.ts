/** As much of Expo's own declarations as an example needs: its package is an app's, with React Native behind it. */
declare module 'expo/fetch' {
  export const fetch: (url: string, init?: object) => Promise<Response>
}
