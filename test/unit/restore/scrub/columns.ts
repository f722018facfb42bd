/**
 * Columns as they are in schemas that many have seen, written down from knowledge: `+` is personal, `-` is not; without a type they are
 * `text`. The words of `strict` were chosen by the first list; the second was kept back from that.
 */
export const knownColumns = `
users: +email +encrypted_password +reset_password_token -reset_password_sent_at:timestamptz +current_sign_in_ip:inet +last_sign_in_ip -sign_in_count:int4 +name +username -role -locale -time_zone +avatar_url +unconfirmed_email +confirmation_token -failed_attempts:int4 +unlock_token -login_attempts:int4 -password_policy -email_status -email_verified:bool -access_token_ttl:int4 +authtoken +displayname +otp_secret +bio -theme -plan_id:int8 -created_at:timestamptz +birthday:date -email_notifications -phone_verified_at:timestamptz +phone -stripe_plan -marketing_opt_in:bool +gender -last_login +password_salt +session_token
people: +emailaddress +realname +homephone +mobilephone +workphone +macaddress_a +fn +lname +tel +jid +region +line_one +salt +session_key +location_lon:float8 +gecos +freeformcontactinfo +guid:uuid
customers: +first_name +last_name +company_email +street_address +city +state +zip_code +phone_number +fax -customer_type -credit_limit:numeric -currency -tax_exempt:bool +tax_id -status +date_of_birth:date -loyalty_points:int4 -notes_count:int4 -price_list_id:int8 +notes
roles: -name -role_name -description -permissions -position:int4
tables: -table_name -row_count:int8 -owner_id:int8
attachments: -file_name -name_checksum -content_type -byte_size:int8 -checksum -key
countries: -name -iso -phone_code -currency_code -flag
invoices: -number -tax_basis:numeric -tax_rate:numeric -total:numeric -due_on:date +billing_name +billing_address_line_1 +billing_email -token_count:int4 -email_template -card_type +card_last4 -payment_status
credentials: -secret_id:uuid +secret +access_token +refresh_token -token_type -expires_at:timestamptz -scope -provider
patients: +full_name +dob:date +ssn +insurance_number +blood_type +allergies +emergency_contact_name +emergency_contact_phone -ward -bed_number:int4 -admitted_at:timestamptz +weight:numeric -insurance_type +diagnosis
employees: +first_name +surname +salary:numeric +bank_account +iban +passport_number +national_id +personal_email -department -job_level -hired_on:date +marital_status -vacation_days:int4 -badge_color -contract_type +photo
addresses: +street +house_number +postcode +city -address_type +recipient -country_id:int8 -country_code +latitude:float8 +longitude:float8 -state_name
products: -name -description -sku -price:numeric -photo -weight:numeric -image_url -brand_name -height:numeric -category_name -title -location
sessions: +session_id -user_id:int8 +ip_address +user_agent +data -expires_at:timestamptz
orders: +email +ship_name +shipping_address -order_number -ship_via -subtotal:numeric +customer_name +phone -coupon_code -tracking_number -gift_message -shipping_method -state +last_ip_address
events: -name -venue -starts_at:timestamptz -capacity:int4 -event_name
webhooks: -name +secret -url -events -retry_policy
mailings: -mail_server -mail_subject -mailing_list_name -email_subject -email_body -email_count:int4 -name +sender_name +reply_to_email
contacts: +name +email_address +mobile +twitter_handle -contact_type -source +company_contact -preferred_contact_method
accounts: -name -subdomain -plan -billing_cycle +owner_email -seats:int4
`

/** Not looked at when the words were chosen. */
export const keptBackColumns = `
spree_users: +encrypted_password +email +login +spree_api_key -ship_address_id:int8 +remember_token +persistence_token +perishable_token -sign_in_count:int4 +authentication_token -roles_mask
spree_addresses: +firstname +lastname +address1 +address2 +city +zipcode +phone +alternative_phone -company -country_id:int8 -state_name -label
discourse_users: +username +username_lower +name -trust_level:int4 -active:bool +password_hash +registration_ip_address:inet +ip_address:inet -flair_group_id:int8 -suspended_till:timestamptz -views:int4 +date_of_birth:date
members: +firstName +lastName +nickname +mobileNumber +homeAddress +postalCode -membershipLevel -memberNumber:int4 +emergencyContact -joinedOn:date +portrait -isActive:bool
auth_user: +password +username +first_name +last_name +email -is_staff:bool -last_login:timestamptz -date_joined:timestamptz
wp_users: +user_login +user_pass +user_nicename +user_email -user_url -user_status:int4 +user_activation_key +display_name
openmrs_person_name: +given_name +middle_name +family_name +family_name2 -prefix -voided:bool -preferred:bool
openmrs_person_address: +address1 +city_village +state_province +postal_code +latitude +longitude -voided:bool -start_date:date
roundcube_identities: +name +email -organization +reply-to +bcc +signature -html_signature:int2
ldap_entries: +cn +sn +givenname +mail +telephonenumber +homephone +userpassword -objectclass +uid
drivers: +name +license_number +phone +date_of_birth:date -vehicle_type -rating:numeric -license_expires_on:date
hotels: -name -star_rating:int4 -checkin_policy -room_count:int4 -phone_model
guests: +full_name +passport_no +nationality +mobile_phone -room_preference -guest_count:int4 +email
payments: +cardholder_name +card_number +cvv +iban -amount:numeric -currency -payment_method -gateway +billing_zip -card_brand -token_type
devices: +imei +mac_address +push_token +device_token -device_type -os_version -model_name +last_ip
feature_flags: -name -key -enabled:bool -description
api_clients: -name +client_secret -redirect_uri -scopes -rate_limit:int4 +private_key -password_required:bool
surveys: -title -question_text -answer_type -email_template_id:int8 -token_lifetime:int4
students: +name +parent_email +guardian_phone +address +birth_date:date -grade -class_name -school_name -student_count:int4 +ethnicity
leads: +contact_name +contact_email +work_phone -lead_source -score:int4 -stage_name +ip +job_title
smtp_settings: -host -port:int4 +username +password -email_format -name -authentication
locations: -name -timezone -code
audits: -action -table_name +remote_address -auditable_type -username_field -version:int4 +user_email
newsletter_subscriptions: +email +unsubscribe_token -frequency -email_type -list_name
articles: -title -slug -body +author_name -author_id:int8 -word_count:int4 -language_name
vendors: -vendor_name +contact_person +phone +email -vat_rate:numeric -payment_terms
`
