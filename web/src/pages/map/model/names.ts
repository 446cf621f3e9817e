/** What the API calls those that have no name of their own. */
export const everything = '(all)'
export const unknown = '(unknown)'
export const outside = '(outside)'
